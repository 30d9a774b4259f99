/** Flags that several commands take together. */

/** Of every command. */
export const common = ["json", "verbose"] as const
/** Of every command that speaks to a server. */
export const remote = [...common, "noInput", "timeout", "cacert", "allowHttp"] as const
/** Of every command that is about one session. */
export const session = ["profile", "server", "ignoreEnv", ...remote] as const
/** What a body is made of. */
export const fields = ["textField", "jsonField", "input"] as const
