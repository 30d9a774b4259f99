"use strict"
/**
 * Loaded before the program: files whose path holds MLS_TEST_HANGS are on a disk that does not answer. Where a file is read at
 * once, the program stands still; where a thread reads it, that thread waits in the system, for the other end of a pipe.
 */
const fs = require("node:fs")

const hangs = (path) => String(path).includes(process.env.MLS_TEST_HANGS)
const tell = (what) => fs.writeSync(2, `${what}\n`)

const { openSync } = fs
fs.openSync = (path, ...others) => {
  if (!hangs(path)) return openSync(path, ...others)
  tell("the disk does not answer")
  return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

const { open } = fs.promises
fs.promises.open = (path, ...others) => {
  if (!hangs(path)) return open(path, ...others)
  tell("the disk does not answer")
  return open(process.env.MLS_TEST_PIPE, "r")
}

process.on("exit", () => tell("the program leaves"))
