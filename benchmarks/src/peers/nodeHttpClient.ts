/** The client of this package. */
import * as NodeHttp from "@mlserver-auth/node/NodeHttp"
import { over } from "./layerClient.js"

export const make = () => over(NodeHttp.layer({ proxy: "none" }))
