/** What every sealed text begins with. */
export const MARK = "sealed:1:";

export const isSealed = (value: string) => value.startsWith(MARK);
