/** A program that prints the token which msal-node has in its cache: what `mls token` does. */
import { silent } from "./msal.js"

console.log(await silent(1)(0))
