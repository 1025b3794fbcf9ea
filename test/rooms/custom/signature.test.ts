import assert from "node:assert/strict";
import { sign, TOLERANCE_S, Verifier } from "../../../src/rooms/custom/signature.ts";

const SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

describe("the signature of what is posted", () => {
  let nowS = 1_614_265_330;
  const body = Buffer.from('{"test": 2432232314}');
  const message = (id: string, timestamp: number, secret = `whsec_${SECRET}`) => {
    const parts = { id, timestamp: String(timestamp), body };
    return { ...parts, signature: sign(secret, parts) };
  };
  const verifier = () => new Verifier(`whsec_${SECRET}`, () => nowS * 1_000);
  beforeEach(() => {
    nowS = 1_614_265_330;
  });

  it("is the one that Standard Webhooks gives as its example", () => {
    assert.equal(
      message("msg_p5jXN8AQM9LWM0D4loKWxJek", nowS).signature,
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
  });

  it("is good once, also beside others", () => {
    const one = verifier();
    const given = message("a", nowS);
    assert.equal(one.check({ ...given, signature: `v1,AAAA ${given.signature}` }), true);
    assert.equal(one.check(given), false);
    assert.equal(one.check(message("b", nowS)), true);
  });

  it("is not good with another secret, id, time or body, or none", () => {
    const given = message("a", nowS);
    for (const wrong of [
      message("a", nowS, "other"),
      { ...given, id: "b" },
      { ...given, timestamp: String(nowS + 1) },
      { ...given, body: Buffer.from("{}") },
      { ...given, signature: "" },
      { ...given, signature: "v1," },
      message("", nowS),
    ]) {
      assert.throws(() => verifier().check(wrong), { code: "POST_UNSIGNED" });
    }
  });

  it("is not good at another time, and never new again", () => {
    const one = verifier();
    assert.throws(() => one.check(message("a", nowS - TOLERANCE_S - 1)), { code: "POST_LATE" });
    assert.throws(() => one.check(message("a", nowS + TOLERANCE_S + 1)), { code: "POST_LATE" });
    assert.throws(() => one.check({ ...message("a", Number.NaN) }), { code: "POST_LATE" });
    const ahead = message("c", nowS + TOLERANCE_S);
    assert.equal(one.check(ahead), true);
    for (let minute = 0; minute <= 10; minute++, nowS += 60) {
      one.check(message(`other ${minute}`, nowS));
      assert.equal(one.check(ahead), false);
    }
    assert.throws(() => one.check(ahead), { code: "POST_LATE" });
  });
});
