/** The same parts, those that may be `undefined` made optional. */
export type Defined<Parts> = { [Name in keyof Parts as undefined extends Parts[Name] ? never : Name]: Parts[Name] } & {
  [Name in keyof Parts as undefined extends Parts[Name] ? Name : never]?: Exclude<Parts[Name], undefined>;
};

/** Leaves out what is `undefined`: an absent part and one that is there without content are two things to a row and to JSON. */
export function defined<Parts extends object>(parts: Parts): Defined<Parts> {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) as Defined<Parts>;
}
