/** Node.js adapters of mlserver-auth: HTTP, terminal prompt, the way through the browser, file store. */
export * as FileTokenStore from "./FileTokenStore.js"
export * as Inspection from "./Inspection.js"
export * as LoopbackRedirect from "./LoopbackRedirect.js"
export * as NodeAuth from "./NodeAuth.js"
export * as NodeHttp from "./NodeHttp.js"
export * as PrivateFile from "./PrivateFile.js"
export * as RecordKey from "./RecordKey.js"
export * as TerminalPrompt from "./TerminalPrompt.js"
