#!/usr/bin/env bash
# Grants the app's identity what it reads in Microsoft Graph. Run it again whenever you like: what is
# granted already stays as it is. Needs the Azure CLI, signed in as Privileged Role Administrator or
# Global Administrator; Azure Cloud Shell (Bash) has it. It grants no permission to write.
#
#   infra/grant-graph-permissions.sh [--audit-log] PRINCIPAL_ID
#
# PRINCIPAL_ID is the object id of the managed identity (azd env get-value IDENTITY_PRINCIPAL_ID).
# --audit-log lets the app also read who changed the tenant's settings and policies. Its permission,
# DeviceManagementApps.Read.All, reads all apps in Intune as well, so it is not granted unasked.
# GRAPH_URL names another cloud's Graph, such as https://graph.microsoft.us.
set -euo pipefail

audit_log=no
if [ "${1:-}" = --audit-log ]; then
  audit_log=yes
  shift
fi
case ${1:-} in -*)
  echo "the option $1 is not known: see the head of this file" >&2
  exit 2
  ;;
esac
principal=${1:?the object id of the managed identity is missing: see the head of this file}
graph=${GRAPH_URL:-https://graph.microsoft.com}

# The application permissions and their app-role ids, the same in every tenant.
permissions=(
  DeviceManagementManagedDevices.Read.All=2f51be20-0bb4-4fed-bf7b-db946066c75e
  DeviceManagementServiceConfig.Read.All=06a5fe6d-c49d-46a7-b082-56b1b14103c7
  DeviceManagementConfiguration.Read.All=dc377aa6-52d8-4e23-b271-2a7ae04cedf3
  Device.Read.All=7438b122-aefc-4978-80ed-43db9fcc7715
  GroupMember.Read.All=98830695-27a2-44f7-8c18-0c3ebc9698f6
  Policy.Read.All=246dd0d5-5bd0-4def-940b-0421030a5b68
)
optional=(
  DeviceManagementApps.Read.All=7a6ee1e7-141e-4cec-ae74-d9db155731ff
)
if [ "$audit_log" = yes ]; then
  permissions+=("${optional[@]}")
fi

# Microsoft Graph's own application has this appId in every cloud.
resource=$(az rest --method get --query id --output tsv \
  --resource "$graph" --url "$graph/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?\$select=id")
granted=$(az rest --method get --query 'value[].appRoleId' --output tsv \
  --resource "$graph" --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments?\$top=999")

for permission in "${permissions[@]}"; do
  name=${permission%=*} role=${permission#*=}
  if grep -qi -- "$role" <<<"$granted"; then
    echo "$name is granted already"
    continue
  fi
  az rest --method post --output none --resource "$graph" \
    --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments" \
    --headers 'Content-Type=application/json' \
    --body "{\"principalId\": \"$principal\", \"resourceId\": \"$resource\", \"appRoleId\": \"$role\"}"
  echo "$name granted"
done
echo 'Tokens are kept for up to a day: the app may need that long, or a restart, to notice.'
