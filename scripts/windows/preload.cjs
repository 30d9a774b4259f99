// What Wine 8 does not have: it refuses to keep a connection alive, and a Node for Windows ends there.
require("node:net").Socket.prototype.setKeepAlive = function () {
  return this
}

// Wine itself says where a user's directories are, whatever it is given.
Object.assign(process.env, JSON.parse(process.env.SHOW_ENVIRONMENT ?? "{}"))
