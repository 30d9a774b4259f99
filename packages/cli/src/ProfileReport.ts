/** A profile as programs read it: what a person chose, each of it always there. The mark of its session is nobody's business. */
import * as Cloud from "./Cloud.js"
import type { Profile } from "./ConfigFile.js"

/** For programs. */
export const forPrograms = ({ allowHttp, azure, caFile, loginPath, method, name, store, url }: Profile) => ({
  name,
  url,
  method: method ?? (azure === undefined ? "password" : "aad-device"),
  loginPath: loginPath ?? null,
  allowHttp: allowHttp ?? false,
  caFile: caFile ?? null,
  azure: azure === undefined ? null : Cloud.forPrograms(azure),
  store: store ?? null
})
