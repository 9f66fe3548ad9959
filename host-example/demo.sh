#!/bin/sh
# What `make demo` shows: a host finds the connector, tests the connection, looks around and runs a query.
# Usage: demo.sh HOST PLUGIN_DIR, with the LOOKERSDK_ variables set.
set -eu
host=$1
plugins=$2

# Prints the command as one would type it, then runs it.
show() {
    printf '$ connector-host'
    for word in "$@"; do
        case $word in
            *' '*) printf " '%s'" "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    echo
    "$host" --plugin-dir "$plugins" "$@"
    echo
}

for library in "$plugins"/*looker_connector.*; do
    wc -c "$library" | awk '{ printf "The library: %.1f MB (%s)\n\n", $1 / 1000000, $2 }'
done
show plugins
show connect
show catalog thelook
show query --model thelook --explore order_items \
    --fields products.category,order_items.count,order_items.total_sale_price \
    --filters order_items.created_date=2024 --sorts 'order_items.total_sale_price desc' --limit 10
