import { project, replacing } from "../../vitest.shared.js"

// One process, which loads Effect once; our own modules, and what replaces a module, are each file's own.
export default project("node-replacing", {
  include: replacing(import.meta.dirname),
  poolOptions: { forks: { singleFork: true } }
})
