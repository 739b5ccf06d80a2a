metadata description = 'The function app on Flex Consumption; docs/deploying.md says why that plan.'

param apiAudience string
param blobUrl string
param healthSchedule string
param identityClientId string
param identityId string
param insightsConnectionString string
param location string
param packages string
param pollSchedule string
param pythonVersion string
param queueUrl string
param restoreClientId string
param restoreIdentityId string
param settings object
param suffix string
param sweepSchedule string
param tags object
param tenantId string

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-readiness-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-readiness-${suffix}'
  location: location
  tags: union(tags, { 'azd-service-name': 'readiness' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
      '${restoreIdentityId}': {}
    }
  }
  properties: {
    clientAffinityEnabled: false
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    serverFarmId: plan.id
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobUrl}${packages}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: pythonVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: 40
      }
    }
  }
}

@description('What this file decides comes last, so that `settings` cannot override it.')
resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(settings, {
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
    AZURE_CLIENT_ID: identityClientId
    AzureWebJobsStorage__blobServiceUri: blobUrl
    AzureWebJobsStorage__clientId: identityClientId
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__queueServiceUri: queueUrl
    HEALTH_SCHEDULE: healthSchedule
    POLL_SCHEDULE: pollSchedule
    SWEEP_SCHEDULE: sweepSchedule
    TENANT_ID: tenantId
  }, empty(apiAudience) ? {} : {
    API_AUDIENCE: apiAudience
    RESTORE_CLIENT_ID: restoreClientId
  })
}

resource noFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noBasic 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

output name string = app.name
