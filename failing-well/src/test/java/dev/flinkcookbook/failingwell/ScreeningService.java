package dev.flinkcookbook.failingwell;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A real HTTP server on a free port of this machine, which fails as it is told. */
final class ScreeningService implements AutoCloseable {

    /** What comes of one attempt. */
    sealed interface Answer {
        /** An ordinary one. */
        record Status(int code, String body) implements Answer {}

        /** Takes the question and never answers. */
        record Silence() implements Answer {}

        /** Begins to answer and stops halfway. */
        record HalfABody() implements Answer {}

        /** Takes the question and closes the connection. */
        record HangUp() implements Answer {}
    }

    /** What the service does. */
    interface Script {
        /** @param attempt at this payment, from 1 */
        Answer answer(String paymentId, int attempt);
    }

    /** An attempt as the service saw it. */
    record Asked(String paymentId, long nanoTime) {}

    static final Answer CLEAR = new Answer.Status(200, "{\"verdict\":\"clear\"}");
    static final Answer BLOCKED = new Answer.Status(200, "{\"verdict\":\"blocked\"}");
    static final Answer BUSY = new Answer.Status(503, "busy");

    private final Map<String, List<Asked>> asked = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "screening-service");
        thread.setDaemon(true);
        return thread;
    });
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Script script;
    private HttpServer server;
    private int port;

    private ScreeningService(Script script) {
        this.script = script;
        start();
    }

    static ScreeningService that(Script script) {
        return new ScreeningService(script);
    }

    /** From now on. */
    void nowDoes(Script other) {
        script = other;
    }

    /** On the same port as before, if it was stopped. */
    void start() {
        try {
            server = HttpServer.create(new InetSocketAddress("localhost", port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/screenings", this::handle);
        server.setExecutor(threads);
        server.start();
        port = server.getAddress().getPort();
    }

    /** Nobody listens any more: connections are refused. */
    void stop() {
        server.stop(0);
    }

    URI address() {
        return URI.create("http://localhost:" + port + "/screenings");
    }

    private void handle(HttpExchange exchange) throws IOException {
        String id = URLDecoder.decode(exchange.getRequestHeaders().getFirst("Idempotency-Key"), StandardCharsets.UTF_8);
        List<Asked> attempts = asked.computeIfAbsent(id, unused -> new ArrayList<>());
        int number;
        synchronized (attempts) {
            attempts.add(new Asked(id, System.nanoTime()));
            number = attempts.size();
        }
        exchange.getRequestBody().readAllBytes();
        try (exchange) {
            Answer answer = script.answer(id, number);
            if (answer instanceof Answer.Status status) {
                byte[] body = status.body().getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status.code(), body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
            } else if (answer instanceof Answer.Silence) {
                awaitClosing();
            } else if (answer instanceof Answer.HalfABody) {
                exchange.sendResponseHeaders(200, 1_000);
                OutputStream body = exchange.getResponseBody();
                body.write('{');
                body.flush();
                awaitClosing();
            } // A hang-up is what closing does.
        }
    }

    private void awaitClosing() {
        try {
            closing.await(5, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How often it was asked about a payment. */
    int attempts(String paymentId) {
        List<Asked> attempts = asked.getOrDefault(paymentId, List.of());
        synchronized (attempts) {
            return attempts.size();
        }
    }

    /** How often it was asked in all. */
    long attempts() {
        return asked.keySet().stream().mapToLong(this::attempts).sum();
    }

    /** The time between the attempts at a payment, in milliseconds. */
    List<Long> pauses(String paymentId) {
        List<Asked> attempts = asked.get(paymentId);
        List<Long> pauses = new ArrayList<>();
        synchronized (attempts) {
            for (int i = 1; i < attempts.size(); i++) {
                pauses.add(TimeUnit.NANOSECONDS.toMillis(
                        attempts.get(i).nanoTime() - attempts.get(i - 1).nanoTime()));
            }
        }
        return pauses;
    }

    @Override
    public void close() {
        closing.countDown();
        stop();
        threads.shutdownNow();
    }
}
