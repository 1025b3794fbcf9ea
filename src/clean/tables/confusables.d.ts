declare module "unicode-confusables" {
  const functions: { rectifyConfusion(text: string): string };
  export default functions;
}
