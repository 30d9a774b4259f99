/**
 * `GET /status`: the health of a server on which all is well, in the shape of `StatusResponse`.
 */
import * as Authority from "../azure/Authority.js"
import type { World } from "../World.js"

const passing = (details: Readonly<Record<string, unknown>>, components: unknown = null) => ({
  statusCode: "pass",
  components,
  details
})

const authentication = ({ azure, configuration }: World) => {
  if (azure !== undefined) {
    const { authuri, resource, tenant } = Authority.settings(azure)
    return { azureActiveDirectory: passing({ authority: `${authuri}/${tenant}`, audience: resource }) }
  }
  return configuration.accounts._tag === "LocalAdmin"
    ? { localAdmin: passing({ username: "admin" }) }
    : { ldap: passing({ host: "127.0.0.1", useLDAPS: "True" }) }
}

const pool = (runtime: "r" | "python") => ({
  [`${runtime}MaxPoolSize`]: 80,
  [`${runtime}ActiveShellCount`]: 0,
  [`${runtime}CurrentPoolSize`]: 5,
  [`${runtime}CanOpenShell`]: "True"
})

/** The report; which kind of authentication is on shows in it, as on a real server. */
export const statusReport = (world: World) =>
  passing(
    {},
    {
      backends: passing(
        {},
        { "http://localhost:12805/": passing({ ...pool("r"), ...pool("python"), apiVersion: "1.0" }) }
      ),
      authentication: passing({}, authentication(world)),
      database: passing({ type: "sqlite", name: "main", state: "Open" })
    }
  )
