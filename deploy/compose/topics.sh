#!/bin/sh
# Creates the topics of npp_contracts.catalogue; a test holds the two lists together.
set -eu
for topic in \
    npp.enrolment.programmes \
    npp.enrolment.workforces \
    npp.enrolment.learners \
    npp.enrolment.enrolments \
    npp.assessment.attempts \
    npp.portfolio.portfolios \
    npp.events.sessions \
    npp.events.places
do
    /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --create --if-not-exists \
        --topic "$topic" --partitions 6 --replication-factor 1 \
        --config retention.ms=-1 --config retention.bytes=-1
done
