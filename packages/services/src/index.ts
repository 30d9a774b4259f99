/** The batches of a client's server. */
export * as Batches from "./Batches.js"

/** The two ways in which a service says no. */
export * as ServiceError from "./ServiceError.js"

/** A service's own description as TypeScript. */
export * as ServiceTypes from "./ServiceTypes.js"

/** The published services of a server. */
export * as Services from "./Services.js"

/** What the server says of a service, and of a run of it. */
export * as WebService from "./WebService.js"
