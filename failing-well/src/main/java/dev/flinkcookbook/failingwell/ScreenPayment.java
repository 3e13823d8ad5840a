package dev.flinkcookbook.failingwell;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;

/** Asks the service about a payment, one attempt. It never waits: the task goes on with checkpoints and further payments. */
final class ScreenPayment extends RichAsyncFunction<Payment, Screening> {

    private final URI service;
    private final Duration timeout;

    private transient HttpClient http;
    private transient Counter attempts;

    ScreenPayment(URI service, Duration timeout) {
        this.service = service;
        this.timeout = timeout;
    }

    @Override
    public void open(OpenContext context) {
        http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .build();
        // Requests sent to the service. Worry: its ratio to paymentsScreened is well above one.
        attempts = getRuntimeContext().getMetricGroup().counter("screeningAttempts");
    }

    @Override
    public void asyncInvoke(Payment payment, ResultFuture<Screening> result) {
        attempts.inc();
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(question(payment), BodyHandlers.ofString());
        // Not the request's own timeout, which ends with the answer's headers: a body can stop halfway too.
        answer.copy().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS).whenComplete((response, failure) -> {
            answer.cancel(true);
            try {
                result.complete(List.of(
                        failure == null
                                ? AnswerPolicy.judge(payment, response.statusCode(), response.body())
                                : noAnswer(payment, failure)));
            } catch (RuntimeException e) {
                result.completeExceptionally(e); // In another thread an exception that is only thrown is lost.
            }
        });
    }

    private HttpRequest question(Payment payment) {
        return HttpRequest.newBuilder(service)
                .header("Content-Type", "application/json")
                // After a failure of the job the same question is asked again: the service must know it by this.
                // Encoded, since a header takes no line break, which an id may have.
                .header("Idempotency-Key", URLEncoder.encode(payment.id(), StandardCharsets.UTF_8))
                .POST(BodyPublishers.ofByteArray(payment.record().value()))
                .build();
    }

    private Screening noAnswer(Payment payment, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof TimeoutException
                ? Screening.failed(payment, "timeout", "no answer within " + timeout.toMillis() + " ms")
                : Screening.failed(payment, "no-connection", cause.toString());
    }
}
