/**
 * What the program needs of undici, each part when it is first used: its index runs all of it, fetch, web sockets, caches
 * and mocks included, which is a fifth of the time of `mls api`. The lock file holds the version that these paths are of.
 */
module.exports = {
  get Agent() {
    return require("undici/lib/dispatcher/agent.js")
  },
  get Pool() {
    return require("undici/lib/dispatcher/pool.js")
  },
  get ProxyAgent() {
    return require("undici/lib/dispatcher/proxy-agent.js")
  },
  get FormData() {
    return require("undici/lib/web/fetch/formdata.js").FormData
  }
}
