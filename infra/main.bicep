targetScope = 'subscription'

metadata description = 'Windows Backup readiness: one resource group, no keys, one identity that reads and one that writes one setting.'

@minLength(1)
@maxLength(40)
@description('Names the resource group and, through a hash, everything in it.')
param environmentName string

@description('The Azure region; it must offer Flex Consumption.')
param location string

@description('The directory (tenant) id of the tenant whose devices are judged.')
param tenantId string = tenant().tenantId

@description('When the nightly sweep starts: NCRONTAB with seconds, in UTC.')
param sweepSchedule string = '0 0 2 * * *'

@description('When the feed of changes is polled: NCRONTAB with seconds, in UTC.')
param pollSchedule string = '0 */15 * * * *'

@description('When people are told what became due by itself, and how the app is: NCRONTAB, in UTC.')
param healthSchedule string = '0 10,40 * * * *'

@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string = '3.12'

@minValue(1)
@maxValue(146000)
@description('For how many days each record of the audit can be neither altered nor removed.')
param auditDays int = 365

@description('Say true once the policy of the audit was locked, which is for good: docs/deploying.md.')
param auditLocked bool = false

@description('What infra/register-api.sh printed; without it the app answers no calls about the restore setting.')
param apiAudience string = ''

@description('Further app settings by name, as docs/settings.md lists them.')
param settings object = {}

var tags = { 'azd-env-name': environmentName }
var suffix = uniqueString(subscription().id, environmentName, location)

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    location: location
    name: 'id-readiness-${suffix}'
    tags: tags
  }
}

module restoreIdentity 'modules/identity.bicep' = {
  name: 'restore-identity'
  scope: group
  params: {
    location: location
    name: 'id-readiness-restore-${suffix}'
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    location: location
    principalId: identity.outputs.principalId
    suffix: suffix
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    auditContainer: settings.?AUDIT_CONTAINER ?? 'readiness-audit'
    auditDays: auditDays
    auditLocked: auditLocked
    container: settings.?READINESS_CONTAINER ?? 'readiness'
    location: location
    name: 'stready${suffix}'
    principalId: identity.outputs.principalId
    tags: tags
  }
}

module app 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    apiAudience: apiAudience
    blobUrl: storage.outputs.blobUrl
    healthSchedule: healthSchedule
    identityClientId: identity.outputs.clientId
    identityId: identity.outputs.id
    insightsConnectionString: monitoring.outputs.connectionString
    location: location
    packages: storage.outputs.packages
    pollSchedule: pollSchedule
    pythonVersion: pythonVersion
    queueUrl: storage.outputs.queueUrl
    restoreClientId: restoreIdentity.outputs.clientId
    restoreIdentityId: restoreIdentity.outputs.id
    settings: settings
    suffix: suffix
    sweepSchedule: sweepSchedule
    tags: tags
    tenantId: tenantId
  }
}

@description('What infra/grant-graph-permissions.sh is given.')
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
@description('What infra/grant-restore-write.sh is given: the identity that writes, and nothing else does.')
output RESTORE_PRINCIPAL_ID string = restoreIdentity.outputs.principalId
output FUNCTION_APP_NAME string = app.outputs.name
output STORAGE_ACCOUNT_NAME string = storage.outputs.name
output AUDIT_CONTAINER_NAME string = storage.outputs.auditContainer
output AZURE_RESOURCE_GROUP string = group.name
