#!/bin/sh
# A workflow of five steps, each an action: CONNECTOR_HOST is the host with its flags, and LOOKERSDK_* say where Looker is.
set -eu
host="${CONNECTOR_HOST:-connector-host}"
value() { sed -n "s/^ *\"$1\": \"*\([^\",]*\)\"*,*$/\1/p" | head -n 1; }

# Find the Look by its title.
look=$($host invoke find_looks --input title="Orders per Day" --input limit=1 | value id)

# Run it with a filter of one's own.
$host invoke run_look --input look="$look" --input filters='{"order_items.created_date": "30 days"}' --format csv

# Get one value of it.
$host invoke get_value --input look="$look"

# Deliver it every Monday at seven.
plan=$($host invoke create_schedule --input name="Orders, weekly" --input look_id="$look" --input crontab="0 7 * * 1" \
    --input 'scheduled_plan_destination=[{"type": "email", "address": "ops@example.com", "format": "csv"}]' | value id)

# And once now.
$host invoke send_schedule_now --input scheduled_plan_id="$plan"
