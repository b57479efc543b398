"""A Flask app whose users upload photos straight to the store. Run it: flask --app app run"""

import os
import time

import jwt
import requests
from flask import Flask, abort, jsonify, redirect, request, session

SIGNPOST = os.environ.get("SIGNPOST_URL", "http://localhost:8080")
SECRET = os.environ["APP_SECRET"]

app = Flask(__name__)
app.secret_key = os.urandom(32)


def signpost(method, path, **more):
    """Signpost, asked as the signed-in user of this app."""
    if "user" not in session:
        abort(401)
    token = jwt.encode({"iss": "https://app.example.com/", "aud": "files", "sub": session["user"],
                        "exp": int(time.time()) + 60}, SECRET, algorithm="HS256")
    answer = requests.request(method, SIGNPOST + path, timeout=10,
                              headers={"Authorization": f"Bearer {token}"}, **more)
    if not answer.ok:
        abort(answer.status_code, answer.json()["detail"])
    return answer.json()


@app.post("/login")
def login():
    session["user"] = request.json["user"]
    return "", 204


@app.post("/photos")
def start_upload():
    wanted = request.json
    return jsonify(signpost("POST", "/v1/files", json={
        "name": wanted["name"], "content_type": wanted["type"], "size": wanted["size"]})), 201


@app.post("/photos/<file_id>/complete")
def finish_upload(file_id):
    return jsonify(signpost("POST", f"/v1/files/{file_id}/complete", json={}))


@app.get("/photos")
def gallery():
    files = signpost("GET", "/v1/files?content_type=image/*")["items"]
    return "".join(f'<img src="/photos/{file["id"]}" alt="">' for file in files if file["state"] == "ready")


@app.get("/photos/<file_id>")
def photo(file_id):
    answer = redirect(signpost("GET", f"/v1/files/{file_id}/url")["url"])
    answer.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    return answer
