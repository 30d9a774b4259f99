/**
 * What is published on a server that nobody has touched yet: two small services of the documentation, computed here in
 * place of R.
 */
import type { Service } from "./Services.js"

const numeric = (name: string) => ({ name, type: "numeric" }) as const

const add = (owner: string, createdAt: number): Service => ({
  name: "add",
  version: "1.0.0",
  owner,
  createdAt,
  definition: {
    code: "result <- x + y",
    description: "Addition Service.",
    operationId: "add",
    inputParameterDefinitions: [numeric("x"), numeric("y")],
    outputParameterDefinitions: [numeric("result")]
  },
  run: ({ x, y }) => ({ result: Number(x) + Number(y) })
})

// The coefficients that R fits for `glm(am ~ hp + wt, data = mtcars, family = binomial)`.
const INTERCEPT = 18.86629873
const PER_HORSEPOWER = 0.03625556
const PER_1000_POUNDS = -8.08347505

const manualTransmission = (owner: string, createdAt: number): Service => ({
  name: "manualTransmission",
  version: "1.0.0",
  owner,
  createdAt,
  definition: {
    initCode: "model <- glm(formula = am ~ hp + wt, data = mtcars, family = binomial)",
    code: 'answer <- predict(model, data.frame(hp = hp, wt = wt), type = "response")',
    description: "The probability that a car has a manual transmission.",
    operationId: "manualTransmission",
    inputParameterDefinitions: [numeric("hp"), numeric("wt")],
    outputParameterDefinitions: [numeric("answer")]
  },
  run: ({ hp, wt }) => ({
    answer: 1 / (1 + Math.exp(-(INTERCEPT + PER_HORSEPOWER * Number(hp) + PER_1000_POUNDS * Number(wt))))
  })
})

/**
 * `manualTransmission` belongs to the directory's first user and `add` to the second; with the local account both are
 * admin's.
 */
export const sampleServices = (usernames: ReadonlyArray<string>, now: number): ReadonlyArray<Service> => {
  const first = usernames[0] ?? "admin"
  return [add(usernames[1] ?? first, now), manualTransmission(first, now)]
}
