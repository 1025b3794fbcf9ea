# Sourced by build.sh: the programs that make the image, of one Debian release whatever the host has.

tools=$work/tools
tool_packages=(ccache cmake make pkg-config squashfs-tools gdisk mtools dosfstools e2fsprogs bmap-tools xz-utils cpio
  kmod rauc grub-common openssl systemd)
case $(uname -m) in
  x86_64) tool_packages+=(g++-aarch64-linux-gnu) ;;
  aarch64) tool_packages+=(g++) ;;
esac

make_tools() {
  local wanted="${tool_packages[*]}"
  if [ "$(cat "$tools/.packages" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$tools"
    mmdebstrap --quiet --variant=apt --aptopt='APT::Install-Recommends "false"' --include="$(IFS=, && echo "${tool_packages[*]}")" \
      trixie "$tools" "deb $(apt_uri main) trixie main" >"$work/tools.log" 2>&1 || { cat "$work/tools.log" >&2; exit 1; }
    printf '%s' "$wanted" >"$tools/.packages"
  fi
  mkdir -p "$tools"/{work,source,cache}
}

# tool PROGRAM ARGUMENT...: in the tools' own root. /work, /source and /cache are ours.
tool() {
  unshare --mount --propagation private bash -c '
    tools=$1 work=$2 root=$3 cache=$4
    shift 4
    mount --bind "$work" "$tools/work" && mount --bind "$root" "$tools/source" && mount --bind "$cache" "$tools/cache" &&
      mount --rbind /dev "$tools/dev" && mount --bind /proc "$tools/proc" && exec chroot "$tools" "$@"' \
    tool "$tools" "$work" "$root" "$cache" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TZ=UTC \
    LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" "$@"
}
