# Installs krust on Windows from its releases: downloads the archive, compares it with SHA256SUMS, and puts
# it into %LOCALAPPDATA%\krust, which joins the user's PATH.
#
#   install.ps1 [-Version VERSION] [-Prefix FOLDER]
param([string]$Version, [string]$Prefix = (Join-Path $env:LOCALAPPDATA "krust"))
Set-StrictMode -Version Latest
$ErrorActionPreference = "Stop"
$ProgressPreference = "SilentlyContinue"

# A release fills these two in.
$ownReleases = ""
$ownVersion = ""

function Stop-Install([int]$Status, [string]$Message) {
  [Console]::Error.WriteLine("install.ps1: $Message")
  exit $Status
}

if (-not $Version) { $Version = $ownVersion }
$Version = $Version -replace "^v", ""
$releases = if ($env:KRUST_RELEASES) { $env:KRUST_RELEASES } else { $ownReleases }
if ($Version -notmatch "^[0-9A-Za-z.+-]+$") { Stop-Install 2 "which version? Say -Version VERSION" }
if ($releases -notmatch "^(https://|http://(127\.0\.0\.1|localhost):)") {
  Stop-Install 2 "where are the releases? Set KRUST_RELEASES to their address, with https"
}
# x64 programs run on Windows for arm64 as well.
if ($env:PROCESSOR_ARCHITECTURE -notin "AMD64", "ARM64") {
  Stop-Install 2 "there is no release for Windows on $env:PROCESSOR_ARCHITECTURE"
}

$name = "krust-$Version-windows-x64"
$from = "$($releases.TrimEnd('/'))/v$Version"
$work = Join-Path ([IO.Path]::GetTempPath()) "krust-$([guid]::NewGuid())"
New-Item -ItemType Directory $work | Out-Null
try {
  try {
    Invoke-WebRequest -UseBasicParsing "$from/SHA256SUMS" -OutFile "$work\SHA256SUMS"
    Invoke-WebRequest -UseBasicParsing "$from/$name.zip" -OutFile "$work\archive.zip"
  } catch {
    Stop-Install 6 "cannot download from ${from}: $($_.Exception.Message)"
  }
  $line = Get-Content "$work\SHA256SUMS" | Where-Object { $_ -like "*  $name.zip" }
  if (-not $line) { Stop-Install 5 "$from/SHA256SUMS does not name $name.zip" }
  $wanted = ($line -split " ")[0]
  $found = (Get-FileHash -Algorithm SHA256 "$work\archive.zip").Hash.ToLowerInvariant()
  if ($found -ne $wanted) {
    Stop-Install 5 "$name.zip is not what SHA256SUMS says ($found, not $wanted); nothing is installed"
  }
  Expand-Archive "$work\archive.zip" $work
  & "$work\$name\krust.cmd" version | Out-Null
  if ($LASTEXITCODE -ne 0) { Stop-Install 7 "what was downloaded does not run here" }
  if (Test-Path $Prefix) {
    # Never takes away a folder that is not krust's.
    if (-not (Test-Path "$Prefix\krust.cmd")) { Stop-Install 7 "$Prefix is there, and not krust's" }
    Remove-Item -Recurse -Force $Prefix
  }
  Move-Item "$work\$name" $Prefix
} finally {
  Remove-Item -Recurse -Force $work
}

$path = [Environment]::GetEnvironmentVariable("Path", "User")
if (($path -split ";") -notcontains $Prefix) {
  [Environment]::SetEnvironmentVariable("Path", "$path;$Prefix", "User")
}
Write-Output "krust $Version is installed in $Prefix; a new terminal finds it"
