/** Keys by the names that linux/input-event-codes.h has for them, without KEY_ and BTN_. */
export const keyCodes = {
  esc: 1,
  enter: 28,
  space: 57,
  f1: 59,
  f2: 60,
  f3: 61,
  f4: 62,
  f5: 63,
  f6: 64,
  f7: 65,
  f8: 66,
  f9: 67,
  f10: 68,
  numlock: 69,
  scrolllock: 70,
  f11: 87,
  f12: 88,
  kpenter: 96,
  sysrq: 99,
  pageup: 104,
  pagedown: 109,
  mute: 113,
  pause: 119,
  stop: 128,
  f13: 183,
  f14: 184,
  f15: 185,
  f16: 186,
  f17: 187,
  f18: 188,
  f19: 189,
  f20: 190,
  f21: 191,
  f22: 192,
  f23: 193,
  f24: 194,
  "left-button": 0x110,
  "right-button": 0x111,
  trigger: 0x120,
} as const;
export type KeyName = keyof typeof keyCodes;
export const keyNames = Object.keys(keyCodes) as [KeyName, ...KeyName[]];

/** The kernel's number of a key; undefined for none. */
export function keyCode(key: KeyName | "" | number): number | undefined {
  if (key === "") return undefined;
  return typeof key === "number" ? key : keyCodes[key];
}
