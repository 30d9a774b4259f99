/** Which session is whose, where one server has several profiles. No Effect: the direct paths of `mls` ask too. */

/**
 * Profiles of one server have a session each, so that a sign-in to one does not end the other's. The mark goes where the
 * client's id goes: who signs in may change, and is the principal's matter.
 */
export const markedClient = (client: string, session: string | undefined): string =>
  session === undefined ? client : `${client}#${session}`
