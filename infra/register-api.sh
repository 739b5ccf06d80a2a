#!/usr/bin/env bash
# Registers the app's HTTP API in Entra, with the app roles of infra/app-roles.json, and prints what
# the setting API_AUDIENCE is to be. Run it again to bring the registration up to date. Needs the
# Azure CLI, signed in as Application Administrator or Cloud Application Administrator.
#
#   infra/register-api.sh [NAME]
#
# NAME is what the registration is called; "Windows Backup readiness" without it.
# GRAPH_URL names another cloud's Graph, such as https://graph.microsoft.us.
set -euo pipefail

name=${1:-Windows Backup readiness}
case $name in -* | *[\'\"\\\&]*)
  echo "$name cannot be the name of the registration: see the head of this file" >&2
  exit 2
  ;;
esac
graph=${GRAPH_URL:-https://graph.microsoft.com}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

ask() {
  az rest --resource "$graph" --headers 'Content-Type=application/json' --method "$1" --url "$graph/v1.0/$2" "${@:3}"
}

id=$(ask get "applications?\$filter=displayName eq '$name'&\$select=id" --query 'value[].id' --output tsv)
case $id in *[[:space:]]*)
  echo "there are several registrations called $name: remove or rename all but one" >&2
  exit 1
  ;;
esac
if [ -z "$id" ]; then
  id=$(ask post applications --query id --output tsv \
    --body "{\"displayName\": \"$name\", \"signInAudience\": \"AzureADMyOrg\"}")
fi
app=$(ask get "applications/$id?\$select=appId" --query appId --output tsv)

# People come by a client, to which they delegate this scope; their app roles say what they may do.
scope=0b9e3c5e-6a1b-4a7e-9d0b-0d6c5b1f7b01
scopes="[{
  \"id\": \"$scope\",
  \"value\": \"access_as_user\",
  \"type\": \"User\",
  \"isEnabled\": true,
  \"adminConsentDisplayName\": \"Use $name as yourself\",
  \"adminConsentDescription\": \"Call it with the app roles that you have been given.\",
  \"userConsentDisplayName\": \"Use $name as yourself\",
  \"userConsentDescription\": \"Call it with the app roles that you have been given.\"
}]"

# Tokens of version 2 name the tenant's own issuer, and the application id as their audience.
ask patch "applications/$id" --output none --body "{
  \"identifierUris\": [\"api://$app\"],
  \"api\": {\"requestedAccessTokenVersion\": 2, \"oauth2PermissionScopes\": $scopes},
  \"appRoles\": $(cat "$here/app-roles.json")
}"
# The Azure CLI needs no consent. A scope has to be there before a client can be let have it.
azure_cli=04b07795-8ddb-461a-bbee-02f9e1bf7b46
ask patch "applications/$id" --output none --body "{
  \"api\": {
    \"requestedAccessTokenVersion\": 2,
    \"oauth2PermissionScopes\": $scopes,
    \"preAuthorizedApplications\": [{\"appId\": \"$azure_cli\", \"delegatedPermissionIds\": [\"$scope\"]}]
  }
}"

principal=$(ask get "servicePrincipals?\$filter=appId eq '$app'&\$select=id" --query 'value[].id' --output tsv)
if [ -z "$principal" ]; then
  principal=$(ask post servicePrincipals --query id --output tsv --body "{\"appId\": \"$app\"}")
fi
# Nobody without a role is given a token at all.
ask patch "servicePrincipals/$principal" --output none --body '{"appRoleAssignmentRequired": true}'

echo "API_AUDIENCE=$app"
echo "Give people and groups roles under Enterprise applications > $name > Users and groups;"
echo "give applications roles under their own registration > API permissions > APIs my organization uses."
