import { render } from "preact";
import { Guest } from "./guest.tsx";

render(<Guest />, document.getElementById("page")!);
