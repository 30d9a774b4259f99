/**
 * What is published on a new server: two small services of the documentation and a realtime one,
 * computed here in place of R.
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

/** Stands for the plot of the documentation: a picture of one point. */
const HISTOGRAM = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

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
    outputParameterDefinitions: [numeric("answer")],
    outputFileNames: ["Histogram.png"]
  },
  files: { "Histogram.png": HISTOGRAM },
  run: ({ hp, wt }) => ({
    answer: 1 / (1 + Math.exp(-(INTERCEPT + PER_HORSEPOWER * Number(hp) + PER_1000_POUNDS * Number(wt))))
  })
})

const isTable = (value: unknown): value is Readonly<Record<string, ReadonlyArray<unknown>>> =>
  typeof value === "object" && value !== null && Object.values(value).every((it) => Array.isArray(it))

// Of `rxLogit(Kyphosis ~ Age, data = kyphosis)`: with them the documentation's child of 71 months comes out, 0.1941938.
const KYPHOSIS_INTERCEPT = -1.8093514
const KYPHOSIS_PER_MONTH = 0.005441758

/** A realtime service, as the documentation has it: no code to see, a data.frame in (by columns) and one out. */
const kyphosis = (owner: string, createdAt: number): Service => ({
  name: "kyphosis",
  version: "v1.0",
  owner,
  createdAt,
  definition: {
    code: "",
    runtimeType: "Realtime",
    description: "The probability that a kyphosis remains after surgery, by age in months.",
    operationId: "kyphosisService",
    inputParameterDefinitions: [{ name: "inputData", type: "data.frame" }],
    outputParameterDefinitions: [{ name: "outputData", type: "data.frame" }]
  },
  run: ({ inputData }) => {
    const ages = isTable(inputData) ? (inputData["Age"] ?? []) : []
    const chance = (age: unknown) => 1 / (1 + Math.exp(-(KYPHOSIS_INTERCEPT + KYPHOSIS_PER_MONTH * Number(age))))
    return { outputData: { Kyphosis_Pred: ages.map(chance) } }
  }
})

/**
 * `manualTransmission` and `kyphosis` belong to the directory's first user and `add` to the second; with the local account
 * all are admin's.
 */
export const sampleServices = (usernames: ReadonlyArray<string>, now: number): ReadonlyArray<Service> => {
  const first = usernames[0] ?? "admin"
  return [add(usernames[1] ?? first, now), manualTransmission(first, now), kyphosis(first, now)]
}
