#pragma once

#include "gateway/request.hpp"

// Every endpoint, by the file it is in. routes.cpp says which request reaches which.
namespace signpost::gateway {

// health.cpp
net::Task<Outcome> get_health(Request& request);
net::Task<Outcome> get_readiness(Request& request);
net::Task<Outcome> get_metrics(Request& request);
// openapi.cpp
net::Task<Outcome> get_openapi(Request& request);
// page.cpp
net::Task<Outcome> get_page(Request& request);
// sessions.cpp
net::Task<Outcome> create_session(Request& request);
net::Task<Outcome> get_session(Request& request, const domain::Caller& caller);
net::Task<Outcome> delete_session(Request& request, const domain::Caller& caller);
net::Task<Outcome> list_sessions(Request& request, const domain::Caller& caller);
net::Task<Outcome> delete_session_by_id(Request& request, const domain::Caller& caller);
// users.cpp
net::Task<Outcome> create_user(Request& request, const domain::Caller& caller);
net::Task<Outcome> list_users(Request& request, const domain::Caller& caller);
net::Task<Outcome> get_user(Request& request, const domain::Caller& caller);
net::Task<Outcome> patch_user(Request& request, const domain::Caller& caller);
// tokens.cpp
net::Task<Outcome> create_token(Request& request, const domain::Caller& caller);
net::Task<Outcome> list_tokens(Request& request, const domain::Caller& caller);
net::Task<Outcome> delete_token(Request& request, const domain::Caller& caller);
// files.cpp
net::Task<Outcome> get_file(Request& request, const domain::Caller* caller);
net::Task<Outcome> patch_file(Request& request, const domain::Caller& caller);
net::Task<Outcome> delete_file(Request& request, const domain::Caller& caller);
// grants.cpp
net::Task<Outcome> list_file_grants(Request& request, const domain::Caller& caller);
net::Task<Outcome> put_file_grant(Request& request, const domain::Caller& caller);
net::Task<Outcome> delete_file_grant(Request& request, const domain::Caller& caller);
net::Task<Outcome> list_album_grants(Request& request, const domain::Caller& caller);
net::Task<Outcome> put_album_grant(Request& request, const domain::Caller& caller);
net::Task<Outcome> delete_album_grant(Request& request, const domain::Caller& caller);
// albums.cpp
net::Task<Outcome> create_album(Request& request, const domain::Caller& caller);
net::Task<Outcome> list_albums(Request& request, const domain::Caller& caller);
net::Task<Outcome> get_album(Request& request, const domain::Caller* caller);
net::Task<Outcome> patch_album(Request& request, const domain::Caller& caller);
net::Task<Outcome> delete_album(Request& request, const domain::Caller& caller);
// file_list.cpp
net::Task<Outcome> list_files(Request& request, const domain::Caller* caller);
// create_file.cpp
net::Task<Outcome> create_file(Request& request, const domain::Caller& caller);
// uploads.cpp
net::Task<Outcome> complete_file(Request& request, const domain::Caller& caller);
net::Task<Outcome> put_content(Request& request, const domain::Caller& caller);
// urls.cpp
net::Task<Outcome> get_url(Request& request, const domain::Caller* caller);
// objects.cpp
net::Task<Outcome> get_object_content(Request& request, const domain::Caller& caller);
net::Task<Outcome> get_object_url(Request& request, const domain::Caller& caller);
net::Task<Outcome> create_object_upload(Request& request, const domain::Caller& caller);
// urls.cpp
net::Task<Outcome> create_urls(Request& request, const domain::Caller& caller);
// withdrawals.cpp
net::Task<Outcome> withdraw_urls(Request& request, const domain::Caller& caller);
// fetches.cpp
net::Task<Outcome> list_audit(Request& request, const domain::Caller& caller);
// content.cpp
net::Task<Outcome> get_content(Request& request, const domain::Caller* caller);

}  // namespace signpost::gateway
