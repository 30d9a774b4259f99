/** Node.js adapters of mlserver-auth: HTTP, terminal prompt, file store. */
export * as FileTokenStore from "./FileTokenStore.js"
export * as NodeAuth from "./NodeAuth.js"
export * as NodeHttp from "./NodeHttp.js"
export * as PrivateFile from "./PrivateFile.js"
export * as RecordKey from "./RecordKey.js"
export * as TerminalPrompt from "./TerminalPrompt.js"
