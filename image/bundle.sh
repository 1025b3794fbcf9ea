# Sourced by build.sh: what a box takes as an update: both images of a slot under one signature.
# Not of the verity format: what the kernel 7.3 says of a dm-verity device ("V -") is no answer that RAUC 1.13 knows.

make_bundle() { sign_bundle "feimu-$version-rk3588.raucb" "$version" feimu-rk3588 update "$update_key"; }

# sign_bundle FILE VERSION PRODUCT CERTIFICATE KEY
sign_bundle() {
  local tree=$work/bundle
  rm -rf "$tree" "$work/bundle.raucb"
  mkdir "$tree"
  ln "$work/boot.squashfs" "$tree/boot.img"
  ln "$work/root.squashfs" "$tree/root.img"
  write_manifest "$tree" "$2" "$3"
  tool rauc --cert="/work/keys/$4.pem" --key="$5" --keyring=/work/keys/ca.pem bundle /work/bundle /work/bundle.raucb \
    >"$work/bundle.log" 2>&1 || { cat "$work/bundle.log" >&2; exit 1; }
  cp "$work/bundle.raucb" "$out/$1"
}

write_manifest() { # write_manifest FOLDER VERSION PRODUCT
  cat >"$1/manifest.raucm" <<EOF
[update]
compatible=$3
version=$2

[bundle]
format=plain

[image.root]
filename=root.img

[image.boot]
filename=boot.img
EOF
}
