/** What is wrong with the field before it, which names this by `aria-describedby`. */
export function FieldError({ id, text }: { id: string; text: string | undefined }) {
  return (
    <p id={id} class="error" role="alert">
      {text ?? ""}
    </p>
  );
}
