/** The stored token of a profile, where nothing needs to be sent to use it. */
import type { TokenFields } from "@mlserver-auth/core/TokenFields"
import * as StoredToken from "@mlserver-auth/node/StoredToken"
import { isLasting } from "../auth/lasting.js"
import * as Settings from "./settings.js"

/** A token, and where it belongs. */
export interface Stored {
  readonly token: TokenFields
  readonly settings: Settings.Settings
}

/** `undefined` where the whole program must be asked. Throws where files are not as usual. */
export const find = async (profile: string | undefined): Promise<Stored | undefined> => {
  const settings = Settings.find(profile)
  const token = settings === undefined ? undefined : await StoredToken.find({ ...settings, goesOn: true })
  return settings !== undefined && token !== undefined && isLasting(token, Date.now()) ? { token, settings } : undefined
}
