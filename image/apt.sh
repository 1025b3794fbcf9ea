# Sourced by build.sh: the arm64 packages of the image, as .deb files in a pool, by apt with an arm64 state of its own.

pool=$work/pool

# The address that this machine's apt takes Debian (main) or its security updates (security) from.
apt_uri() {
  local uris
  uris=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 'Origin: Debian')
  case $1 in
    main) grep -v -- '-security' <<<"$uris" ;;
    security) grep -- '-security' <<<"$uris" || true ;;
  esac | awk 'NR == 1 { print $1 }'
}

# Our own apt state: no package is installed here, and nothing of the host's packages counts.
make_apt() {
  local state=$work/apt part="main non-free-firmware" security
  mkdir -p "$state"/{etc,lists/partial,state} "$pool/partial"
  security=$(apt_uri security)
  {
    for suite in trixie trixie-updates trixie-backports; do echo "deb $(apt_uri main) $suite $part"; done
    [ -z "$security" ] || echo "deb $security trixie-security $part"
  } >"$state/etc/sources.list"
  # Only these two come from backports: trixie's own kernel has no driver for the board's HDMI output.
  printf 'Package: src:linux src:linux-signed-arm64 src:mesa\nPin: release n=trixie-backports\nPin-Priority: 990\n' \
    >"$state/etc/preferences"
  cat >"$state/apt.conf" <<EOF
Dir::Etc::SourceList "$state/etc/sources.list"; Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "$state/etc/preferences"; Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$state/state"; Dir::State::Lists "$state/lists"; Dir::State::status "$state/state/status";
Dir::Cache "$state"; Dir::Cache::Archives "$pool";
APT::Architecture "arm64"; #clear APT::Architectures; APT::Architectures { "arm64"; };
APT::Install-Recommends "false"; APT::Sandbox::User "root";
Acquire::Languages "none"; Acquire::Retries "3"; Debug::NoLocking "true"; quiet "2";
EOF
  : >"$state/state/status"
  arm_apt get update
}

arm_apt() { # arm_apt get|cache ARGUMENT...: the host's proxies stay in force, what is ours comes after and wins
  local program=$1
  shift
  "apt-$program" --config-file "$work/apt/apt.conf" "$@"
}

# The kernel's package name carries its version; the meta package of backports says which is the newest.
newest_kernel() {
  arm_apt cache depends linux-image-arm64 | sed -nE 's/^ *Depends: linux-image-(.*)$/\1/p' | head -n 1
}

# fetch GROUP REQUEST...: brings the packages and all they need into the pool; GROUP.list has a line for each.
fetch() {
  local group=$1
  shift
  arm_apt get install --yes --download-only "$@" >"$work/$group.log" 2>&1 || return 1
  arm_apt get install --simulate "$@" | sed -nE 's/^Inst ([^ :]+)(:[^ ]+)? \(([^ ]+) .*/\1 \3/p' |
    LC_ALL=C sort -u | while read -r name version; do
    echo "$group $name $version $(sha256sum "$(deb_of "$name" "$version")" | cut -d' ' -f1)"
  done >"$work/$group.list"
  [ -s "$work/$group.list" ]
}

deb_of() { # deb_of NAME VERSION: its file in the pool
  local stem=$pool/$1_${2//:/%3a}
  [ -f "${stem}_arm64.deb" ] && echo "${stem}_arm64.deb" || echo "${stem}_all.deb"
}

# fetch_all: every group, in the versions of packages.lock if the mirror still has them, else the newest ones.
# Sets `locked` to yes or no. LOCKED=only: fails instead. LOCKED=no: takes the newest and writes the lock.
fetch_all() {
  local group names kernel
  locked=yes
  for group in root build kernel; do
    if [ "$LOCKED" != no ] && [ -s "$image/packages.lock" ]; then
      mapfile -t names < <(awk -v g="$group" '$1 == g { print $2 "=" $3 }' "$image/packages.lock")
      if fetch "$group" "${names[@]}" && diff -q <(grep "^$group " "$image/packages.lock") "$work/$group.list" >/dev/null; then
        continue
      fi
      [ "$LOCKED" != only ] || { say "the mirror has not what image/packages.lock names (see $work/$group.log)"; exit 1; }
      say "$group: the mirror has not all versions of image/packages.lock any more; taking the newest: UNLOCKED"
    fi
    locked=no
    mapfile -t names < <(grep -v '^#' "$image/packages/$group.txt")
    if [ "$group" = kernel ]; then
      kernel=$(newest_kernel)
      names+=("linux-binary-$kernel" "linux-modules-$kernel")
    fi
    fetch "$group" "${names[@]}" || { cat "$work/$group.log" >&2; exit 1; }
  done
  cat "$work"/{root,build,kernel}.list >"$work/packages.list"
  [ "$LOCKED" != no ] || cp "$work/packages.list" "$image/packages.lock"
}

unpack() { # unpack GROUP FOLDER [TAR_ARGUMENT...]: the files of a group's packages
  local group=$1 folder=$2 name version
  shift 2
  mkdir -p "$folder"/usr/{bin,lib,sbin}
  for name in bin lib sbin; do [ -L "$folder/$name" ] || ln -s "usr/$name" "$folder/$name"; done
  awk -v g="$group" '$1 == g { print $2, $3 }' "$work/packages.list" | while read -r name version; do
    dpkg-deb --fsys-tarfile "$(deb_of "$name" "$version")" | tar --extract --directory "$folder" --keep-directory-symlink "$@"
  done
}
