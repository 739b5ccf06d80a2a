#!/usr/bin/env bash
# Lets the write identity, and no other, change the tenant's restore setting: one Graph permission,
# and the directory role that Intune asks of whoever writes. Run it again whenever you like. Needs
# the Azure CLI, signed in as Privileged Role Administrator or Global Administrator.
#
#   infra/grant-restore-write.sh [--see-role] PRINCIPAL_ID
#
# PRINCIPAL_ID is the object id of the write identity (azd env get-value RESTORE_PRINCIPAL_ID), not
# of the one that reads. --see-role also lets it read who holds directory roles, so that the
# preflight can see its own. GRAPH_URL names another cloud's Graph, such as
# https://graph.microsoft.us.
set -euo pipefail

# The application permissions with their app-role ids, and Intune Administrator: the same ids in
# every tenant.
permissions=(DeviceManagementServiceConfig.ReadWrite.All=5ac13192-7ace-4fcf-b828-1a26f28068ee)
role=3a2c62db-5318-420d-8d74-23affee5d9d5
if [ "${1:-}" = --see-role ]; then
  permissions+=(RoleManagement.Read.Directory=483bed4a-2ad3-4361-a73b-c83ccdbdc53c)
  shift
fi
principal=${1:?the object id of the write identity is missing: see the head of this file}
case $principal in -*)
  echo "the option $principal is not known: see the head of this file" >&2
  exit 2
  ;;
esac
graph=${GRAPH_URL:-https://graph.microsoft.com}

ask() {
  az rest --resource "$graph" --headers 'Content-Type=application/json' --method "$1" --url "$graph/v1.0/$2" "${@:3}"
}

granted=$(ask get "servicePrincipals/$principal/appRoleAssignments?\$top=999" --query 'value[].appRoleId' --output tsv)
# Microsoft Graph's own application has this appId in every cloud.
resource=$(ask get "servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?\$select=id" --query id --output tsv)
for permission in "${permissions[@]}"; do
  name=${permission%=*} id=${permission#*=}
  if grep -qi -- "$id" <<<"$granted"; then
    echo "$name is granted already"
    continue
  fi
  ask post "servicePrincipals/$principal/appRoleAssignments" --output none \
    --body "{\"principalId\": \"$principal\", \"resourceId\": \"$resource\", \"appRoleId\": \"$id\"}"
  echo "$name granted"
done

held=$(ask get "roleManagement/directory/roleAssignments?\$filter=principalId eq '$principal'" --query 'value[].roleDefinitionId' --output tsv)
if grep -qi -- "$role" <<<"$held"; then
  echo 'Intune Administrator is assigned already'
else
  ask post roleManagement/directory/roleAssignments --output none \
    --body "{\"principalId\": \"$principal\", \"roleDefinitionId\": \"$role\", \"directoryScopeId\": \"/\"}"
  echo 'Intune Administrator assigned'
fi
echo 'Tokens are kept for up to a day: the app may need that long, or a restart, to notice.'
echo 'See it with: python -m local preflight --url https://<function app>.azurewebsites.net'
