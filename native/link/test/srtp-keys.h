#pragma once
#include "link/srtp-session.h"

namespace feimu::testing {

// Bytes 0, 1, 2 … and 100, 101, 102 …
inline const SrtpKeys keys128{"AEAD_AES_128_GCM", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==",
                              "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+fw=="};
inline const SrtpKeys keys256{"AEAD_AES_256_GCM", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis=",
                              "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoOEhYaHiImKi4yNjo8="};

/// Those of the other end.
inline SrtpKeys turned(const SrtpKeys& keys) { return {keys.profile, keys.receiveKey, keys.sendKey}; }

}  // namespace feimu::testing
