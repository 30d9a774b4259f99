/** Node.js adapters of mlserver-auth: HTTP, terminal prompt, file store. */
export * as NodeHttp from "./NodeHttp.js"
