#!/bin/sh
# usage: SIGNPOST_URL=http://localhost:8080 TOKEN=... ./roundtrip.sh FILE
# A private file goes up and comes down by pre-signed URL. TOKEN is a JWT of your app, or an API token.
set -eu
file=$1
type=$(file --brief --mime-type "$file")
api() { curl --silent --show-error --fail-with-body --oauth2-bearer "$TOKEN" --json "$2" "$SIGNPOST_URL$1"; }

# 1. Ask for a way to upload exactly this many bytes of this type.
entry=$(jq -n --arg name "$(basename "$file")" --arg type "$type" --argjson size "$(stat -c %s "$file")" \
  '{name: $name, content_type: $type, size: $size}')
answer=$(api /v1/files "$entry")
id=$(echo "$answer" | jq -r .file.id)

# 2. Go it: straight to the store, with the fields that the signature covers and no credential.
echo "$answer" | jq -r '.upload.headers | to_entries[] | "\(.key): \(.value)"' |
  curl --silent --show-error --fail-with-body --header @- --upload-file "$file" "$(echo "$answer" | jq -r .upload.url)"

# 3. Say that it is done: Signpost looks at what arrived.
api "/v1/files/$id/complete" '{}' | jq -r '"\(.file.id) is \(.file.state)"'

# 4. A URL that anybody can use for a few seconds, and nobody after that.
url=$(curl --silent --show-error --fail-with-body --oauth2-bearer "$TOKEN" \
  "$SIGNPOST_URL/v1/files/$id/url?expires_in=3s" | jq -r .url)
curl --silent --fail --output "$file.copy" "$url"
cmp "$file" "$file.copy" && echo "the copy is the same"
sleep 4
echo "four seconds later: $(curl --silent --output /dev/null --write-out '%{http_code}' "$url")"
