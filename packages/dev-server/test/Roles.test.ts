import { describe, expect, it } from "@effect/vitest"
import * as Accounts from "../src/Accounts.js"
import * as Roles from "../src/Roles.js"

const owner = { Owner: ["admins", "managers"] }
const contributor = { Contributor: ["stats"] }
const reader = { Reader: ["app-devs"] }

describe("a role", () => {
  it.each<[string, Roles.Declared, ReadonlyArray<string>, Roles.Role | undefined]>([
    ["an administrator", { ...owner, ...contributor }, ["admins", "engineering"], "Owner"],
    ["somebody in groups of two roles", { ...owner, ...contributor, ...reader }, ["stats", "managers"], "Owner"],
    ["a programmer", { ...owner, ...contributor, ...reader }, ["stats"], "Contributor"],
    ["an application developer", { ...owner, ...contributor, ...reader }, ["app-devs"], "Reader"],
    ["anybody, nothing declared", {}, ["stats"], "Contributor"],
    ["another, Owner declared", owner, ["stats"], "Contributor"],
    ["another, Contributor declared", contributor, ["vendor"], "Reader"],
    ["another, Owner and Contributor declared", { ...owner, ...contributor }, ["vendor"], "Reader"],
    ["another, Reader declared", reader, ["sales"], undefined],
    ["another, Owner and Reader declared", { ...owner, ...reader }, ["sales"], undefined],
    ["another, all declared", { ...owner, ...contributor, ...reader }, ["sales"], undefined],
    ["somebody without groups, all declared", { ...owner, ...contributor, ...reader }, [], undefined]
  ])("of %s", (_, declared, groups, expected) => {
    expect(Roles.assign(declared, groups)).toBe(expected)
  })

  it.each<[Roles.Role, boolean, boolean, boolean, boolean]>([
    ["Owner", true, true, true, true],
    ["Contributor", true, true, false, false],
    ["Reader", false, false, false, false]
  ])("%s: publish %s, manage its own %s, manage others' %s, configure %s", (role, publish, own, others, configure) => {
    expect(Roles.mayPublish(role)).toBe(publish)
    expect(Roles.mayManage(role, true)).toBe(own)
    expect(Roles.mayManage(role, false)).toBe(others)
    expect(Roles.mayConfigure(role)).toBe(configure)
  })
})

describe("accounts", () => {
  it("of the local administrator are admin alone, who is Owner", () => {
    const accounts = Accounts.localAdmin("s3cret")
    expect(Accounts.verify(accounts, "admin", "s3cret")).toBe(true)
    expect(Accounts.verify(accounts, "admin", "S3cret")).toBe(false)
    expect(Accounts.verify(accounts, "ada", "s3cret")).toBe(false)
    expect(Accounts.roleOf(accounts, "admin")).toBe("Owner")
  })

  it("of a directory leave admin out", () => {
    expect(Accounts.verify(Accounts.sample, "admin", "s3cret")).toBe(false)
    expect(Accounts.verify(Accounts.sample, Accounts.ada.username, Accounts.ada.password)).toBe(true)
    expect(Accounts.verify(Accounts.sample, Accounts.ada.username, Accounts.olga.password)).toBe(false)
  })

  it("of the sample directory have one user of each role", () => {
    const roles = [Accounts.olga, Accounts.ada, Accounts.rhea].map((it) =>
      Accounts.roleOf(Accounts.sample, it.username)
    )
    expect(roles).toEqual(["Owner", "Contributor", "Reader"])
  })
})
