/** What tests inherit, and the programs that they start, is the same on every machine. Imported before any worker starts. */
const foreign = [
  // Makes every start of Node several times as much work; the test that is about it sets it.
  /^NODE_(EXTRA_CA_CERTS|OPTIONS|USE_ENV_PROXY)$/,
  /^(https?|all|no)_proxy$/i,
  /^XDG_/,
  /^(FORCE|NO)_COLOR$/,
  /^(LANG|LANGUAGE|LC_.*)$/,
  // All but what chooses how much is tried.
  /^MLS_(?!TEST_|MODEL$)/
]

for (const name of Object.keys(process.env)) if (foreign.some((each) => each.test(name))) delete process.env[name]
process.env["LANG"] = "C.UTF-8"

export {}
