export * as RedisTokenStore from "./RedisTokenStore.js"
