/**
 * Modules of Node that not every program needs, loaded when they are, and as `require` gives them.
 *
 * An `import` loads them at the start of every program. Of "node:http" Node then reads all that it exports, and one of
 * that is a getter that loads undici, HTTP/2 and zlib (Node 22 and later: more work than all of `node -e 0`). Tools that
 * watch requests change the module in place, which is seen here also when they come later.
 */
export const Http = process.getBuiltinModule("node:http")

export const crypto = () => process.getBuiltinModule("node:crypto")
export const fs = () => process.getBuiltinModule("node:fs")
export const https = () => process.getBuiltinModule("node:https")
export const tls = () => process.getBuiltinModule("node:tls")
export const zlib = () => process.getBuiltinModule("node:zlib")
