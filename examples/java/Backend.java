import com.sun.net.httpserver.*;
import java.io.IOException;
import java.net.*;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.time.*;
import java.util.Base64;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** GET /images/ID as a signed-in user: 200 {"url": ...}, good for three minutes. Run it: java Backend.java */
public class Backend {
  static final String SIGNPOST = System.getenv().getOrDefault("SIGNPOST_URL", "http://localhost:8080");
  static final byte[] SECRET = System.getenv("APP_SECRET").getBytes(StandardCharsets.UTF_8);
  static final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/images/", Backend::image);
    server.start();
  }

  static void image(HttpExchange exchange) throws IOException {
    try (exchange) {
      String user = userOf(exchange);
      String id = exchange.getRequestURI().getPath().substring("/images/".length());
      HttpRequest question = HttpRequest.newBuilder(URI.create(SIGNPOST + "/v1/files/" + encoded(id) + "/url"))
          .header("Authorization", "Bearer " + token(user)).timeout(Duration.ofSeconds(5)).build();
      HttpResponse<byte[]> answer = client.send(question, HttpResponse.BodyHandlers.ofByteArray());
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
      exchange.getResponseBody().write(answer.body());
    } catch (Exception failed) {
      exchange.sendResponseHeaders(502, -1);
    }
  }

  /** The app's own way to know its users goes here. */
  static String userOf(HttpExchange exchange) { return exchange.getRequestHeaders().getFirst("X-Demo-User"); }

  static String encoded(String text) { return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20"); }

  /** A JSON Web Token (RFC 7519) of one minute: {@code user} is a user of ours. Names here need no escaping. */
  static String token(String user) throws Exception {
    String claims = String.format("{\"iss\":\"https://app.example.com/\",\"aud\":\"files\",\"sub\":\"%s\",\"exp\":%d}",
        user, Instant.now().getEpochSecond() + 60);
    String input = base64url("{\"alg\":\"HS256\"}".getBytes()) + "." + base64url(claims.getBytes(StandardCharsets.UTF_8));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
    return input + "." + base64url(mac.doFinal(input.getBytes(StandardCharsets.UTF_8)));
  }

  static String base64url(byte[] bytes) { return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes); }
}
