/** Who can log in. */
export * as Accounts from "./Accounts.js"

/** The sample tenant of the Azure Active Directory authority. */
export * as AzureDirectory from "./AzureDirectory.js"

/** The knobs of a running server. */
export * as Control from "./Control.js"

/** The demo page with its two servers. */
export * as DemoServer from "./DemoServer.js"

/** A Machine Learning Server on loopback, or inside the process. */
export * as DevServer from "./DevServer.js"

/** Who holds which tokens, as a pure state machine. */
export * as Grants from "./Grants.js"

/** Who may do what. */
export * as Roles from "./Roles.js"
