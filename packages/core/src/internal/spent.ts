/**
 * Requests of sign-ins in the browser that were resumed and whose result was handed out: by identity, as long as the
 * application holds them.
 */
export const spent = new WeakSet<object>()
