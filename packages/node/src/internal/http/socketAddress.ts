/** Where the address of a URL is, as sockets take it. */

/** The port of an address, also where it is the protocol's own and not written. */
export const portOf = ({ port, protocol }: URL): number =>
  port !== "" ? Number(port) : protocol === "https:" ? 443 : 80

/** A host name as sockets take it: an IPv6 address without its brackets. */
export const unbracketed = (host: string): string => host.replace(/^\[(.*)\]$/, "$1")
