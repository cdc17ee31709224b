#!/usr/bin/env bash
# To be sourced: puts the Node.js that scripts/dependencies.sh --web installed before the system's.
node_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.cache/node/node_modules/node/bin
if [[ -x $node_folder/node ]]; then PATH=$node_folder:$PATH; fi
