/**
 * What JSON must look like to be a setting of ours. No Effect, and no `Schema`: the direct paths of `mls` read the
 * configuration by this too, and would need a third more time for that module alone.
 */

/** The value, with what it has besides left out; throws where it is something else. `exact`: also where it has more. */
export type Shape<A> = (value: unknown, exact: boolean) => A

class OtherShape extends Error {}

const when =
  <A>(is: (value: unknown) => value is A): Shape<A> =>
  (value) => {
    if (!is(value)) throw new OtherShape()
    return value
  }

export const text = when((value): value is string => typeof value === "string")

export const flag = when((value): value is boolean => typeof value === "boolean")

export const textThat = (is: (text: string) => boolean): Shape<string> =>
  when((value): value is string => typeof value === "string" && is(value))

export const oneOf = <const A extends ReadonlyArray<string | number>>(...names: A): Shape<A[number]> =>
  when((value): value is A[number] => names.some((name) => name === value))

export const list =
  <A>(of: Shape<A>): Shape<ReadonlyArray<A>> =>
  (value, exact) => {
    if (!Array.isArray(value)) throw new OtherShape()
    return value.map((each) => of(each, exact))
  }

/** A field that may be left out. */
export interface Optional<A> {
  readonly optional: Shape<A>
}

export const optional = <A>(shape: Shape<A>): Optional<A> => ({ optional: shape })

/** A shape for each field; those that may be left out are optional. */
type Fields<A> = {
  readonly [K in keyof A]-?: undefined extends A[K] ? Optional<Exclude<A[K], undefined>> : Shape<A[K]>
}

/** An object with these fields, in this order. */
export const fields =
  <A extends object>(shapes: Fields<A>): Shape<A> =>
  (value, exact) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new OtherShape()
    const given = value as Readonly<Record<string, unknown>>
    const entries = Object.entries<Optional<unknown> | Shape<unknown>>(shapes)
    if (exact && Object.keys(given).some((name) => !Object.hasOwn(shapes, name))) throw new OtherShape()
    const found = entries.flatMap(([name, shape]) => {
      const field = Object.hasOwn(given, name) ? given[name] : undefined
      if (typeof shape === "function") return [[name, shape(field, exact)]]
      return field === undefined ? [] : [[name, shape.optional(field, exact)]]
    })
    return Object.fromEntries(found) as A
  }

/** `undefined` where the value is something else. */
export const decode = <A>(shape: Shape<A>, value: unknown, exact = false): A | undefined => {
  try {
    return shape(value, exact)
  } catch (error) {
    if (error instanceof OtherShape) return undefined
    throw error
  }
}

/** The same of a JSON text. */
export const decodeText = <A>(shape: Shape<A>, json: string, exact = false): A | undefined => {
  try {
    return decode(shape, JSON.parse(json) as unknown, exact)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
