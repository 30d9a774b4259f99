/** In the place of Effect's source of settings: its name, under which there is nothing. */
export const configProviderTag = { key: "effect/ConfigProvider" }
export const fromEnv = () => undefined
