# Sourced by build.sh: who signs updates. A release names its own: UPDATE_CA, UPDATE_CERT and UPDATE_KEY (files; the key may
# be a PKCS#11 URI). Without them a CA of this machine is made, good for its own images only.

make_keys() {
  keys=$work/keys
  mkdir -p -m 700 "$keys"
  if [ -n "${UPDATE_CA:-}" ]; then
    cp "$UPDATE_CA" "$keys/ca.pem"
    cp "${UPDATE_CERT:?UPDATE_CA is set, UPDATE_CERT is not}" "$keys/update.pem"
    update_key=${UPDATE_KEY:?UPDATE_CA is set, UPDATE_KEY is not}
    return
  fi
  update_key=/work/keys/update.key
  [ ! -s "$keys/update.pem" ] || return 0
  say "making a key for updates of this machine's own images"
  make_ca ca "Feimu updates, development"
  make_certificate ca update "Feimu update, development"
}

# A certificate holds from a time that no box is before.
valid=(-not_before 20250101000000Z -not_after 20450101000000Z)
make_ca() { # make_ca NAME SUBJECT
  tool openssl req -quiet -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "/work/keys/$1.key" \
    -out "/work/keys/$1.pem" -subj "/CN=$2" "${valid[@]}" -addext keyUsage=critical,keyCertSign,cRLSign
}
make_certificate() { # make_certificate CA NAME SUBJECT [VALIDITY...]
  local ca=$1 name=$2 subject=$3
  shift 3
  [ $# -gt 0 ] || set -- "${valid[@]}"
  tool openssl req -quiet -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "/work/keys/$name.key" \
    -CA "/work/keys/$ca.pem" -CAkey "/work/keys/$ca.key" -out "/work/keys/$name.pem" -subj "/CN=$subject" "$@" \
    -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature
}
