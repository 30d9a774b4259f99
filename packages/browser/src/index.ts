/** Browser adapters of mlserver-auth: HTTP, a dialog, stores, and a check of what a server allows pages. */
export * as BrowserAuth from "./BrowserAuth.js"
export * as BrowserHttp from "./BrowserHttp.js"
export * as DialogPrompt from "./DialogPrompt.js"
export * as FormPrompt from "./FormPrompt.js"
export * as IndexedDbTokenStore from "./IndexedDbTokenStore.js"
export * as ServerCheck from "./ServerCheck.js"
export * as WebStorageTokenStore from "./WebStorageTokenStore.js"
