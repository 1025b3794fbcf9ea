/** What a rule can say, for the schema and for the page's form. */
export const ruleActions = ["show", "mask", "hold", "drop"] as const;
export const spaces = ["raw", "normalised", "spoken"] as const;
export const boundaries = ["none", "ascii-word", "whole"] as const;
export const ruleKinds = ["chat", "gift", "super-chat", "guard", "enter"] as const;
