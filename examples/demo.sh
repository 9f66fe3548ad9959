#!/bin/sh
# What `make demo` shows: a host finds the connector, tests the connection, looks around and runs a query.
# Usage: demo.sh HOST PLUGIN_DIR, with the LOOKERSDK_ variables set.
set -eu
host=$1
plugins=$2

show() {
    printf '$ connector-host %s\n' "$*"
    "$host" --plugin-dir "$plugins" "$@"
    echo
}

show plugins
show connect
show catalog thelook
show query --model thelook --explore order_items \
    --fields products.category,order_items.count,order_items.total_sale_price \
    --filters 'order_items.created_date=2024' --sorts 'order_items.total_sale_price desc' --limit 10
